/** What takes minutes in the field: short in the suite, so that it stays one that is run, and in full in `make soak`. */
export const lengths =
  process.env['SOAK'] === undefined
    ? { unseenSeconds: 45, quietSeconds: 15, awaySeconds: 30, kills: 10 }
    : { unseenSeconds: 300, quietSeconds: 300, awaySeconds: 600, kills: 200 };
