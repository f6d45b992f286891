/**
 * The machine's monotonic clock in milliseconds, to the microsecond. All processes of a machine read the same one, in
 * whatever network namespace they are: their figures can be compared.
 */
export const monotonicMs = (): number => Number(process.hrtime.bigint() / 1000n) / 1000;
