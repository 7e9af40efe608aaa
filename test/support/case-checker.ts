const folding = /\b(?:lower|upper|initcap|casefold)\s*\(|\bilike\b|!?~~?\*/gi

/**
 * Where SQL takes upper and lower case for the same by the locale of the database, because it names no collation: the
 * calls, and the operators, which are not to be used.
 */
export function findLocaleFolding(sql: string): string[] {
  return Array.from(sql.matchAll(folding), ({ 0: found, index }) =>
    found.endsWith('(') ? callAt(sql, index) : found,
  ).filter((found) => !/\bcollate\b/i.test(found))
}

/** Throws, naming them, when some of the statements do. */
export function checkCase(statements: readonly { readonly sql: string }[]): void {
  const faults = [...new Set(statements.map(({ sql }) => sql))].filter(
    (sql) => findLocaleFolding(sql).length > 0,
  )
  if (faults.length === 0) return
  throw new Error(
    `case is by the locale of the database (use src/core/names/fold-case.ts):\n${faults.join('\n')}`,
  )
}

/** A call with what is in its parentheses. */
function callAt(sql: string, start: number): string {
  let depth = 0
  for (let at = sql.indexOf('(', start); at < sql.length; at++) {
    if (sql[at] === '(') depth++
    else if (sql[at] === ')' && --depth === 0) return sql.slice(start, at + 1)
  }
  return sql.slice(start)
}
