/** One piece of the replication stream: a write, or a ping (0), up to the offset `end`. */
export interface Piece {
  readonly end: number;
  readonly id: number;
  readonly at: number;
}

/** Bytes of a write and of a ping in the stream. */
export const writeBytes = 64;
export const pingBytes = 14;

export const bytesOf = ({ id }: Piece): number => (id > 0 ? writeBytes : pingBytes);
