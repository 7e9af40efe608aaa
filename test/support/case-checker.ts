const folding = /\b(?:lower|upper|initcap|casefold)\s*\(|\bilike\b|!?~~?\*/gi

/**
 * Finds the places where SQL folds case by the locale of the database, because it names no collation. Returns these
 * calls, and the operators that must not be used.
 */
export function findLocaleFolding(sql: string): string[] {
  return Array.from(sql.matchAll(folding), ({ 0: found, index }) =>
    found.endsWith('(') ? callAt(sql, index) : found,
  ).filter((found) => !/\bcollate\b/i.test(found))
}

/** Throws when one of the statements has such a place. The error names the statements. */
export function checkCase(statements: readonly { readonly sql: string }[]): void {
  const faults = [...new Set(statements.map(({ sql }) => sql))].filter(
    (sql) => findLocaleFolding(sql).length > 0,
  )
  if (faults.length === 0) return
  throw new Error(
    `case is by the locale of the database (use src/core/names/fold-case.ts):\n${faults.join('\n')}`,
  )
}

/** Returns a call with its arguments. */
function callAt(sql: string, start: number): string {
  let depth = 0
  for (let at = sql.indexOf('(', start); at < sql.length; at++) {
    if (sql[at] === '(') depth++
    else if (sql[at] === ')' && --depth === 0) return sql.slice(start, at + 1)
  }
  return sql.slice(start)
}
