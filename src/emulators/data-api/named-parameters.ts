/** Parts of SQL that may contain colons without parameters: comments, literals, quoted names, dollar quotes. */
const quoted = [
  /--[^\n]*/,
  /\/\*[\s\S]*?\*\//,
  /\b[eE]'(?:[^'\\]|\\[\s\S]|'')*'/,
  /'(?:[^']|'')*'/,
  /"(?:[^"]|"")*"/,
  /(?<![\w$])\$(?<tag>[A-Za-z_]\w*|)\$[\s\S]*?\$\k<tag>\$/,
]
/**
 * A cast, `::name`, is not a placeholder. A colon after a word is not one either, as in the bounds of a
 * slice, `a[1:n]`.
 */
const placeholder = /::|(?<!\w):(?<name>\w+)/
const token = new RegExp([...quoted, placeholder].map(({ source }) => source).join('|'), 'g')

export interface NumberedStatement {
  readonly sql: string
  /** The names of the parameters in the order of their numbers. */
  readonly names: readonly string[]
}

/** Replaces each `:name` with PostgreSQL's `$1`, `$2` … A name has one number, even if it occurs several times. */
export function numberParameters(sql: string): NumberedStatement {
  const numbers = new Map<string, number>()
  const numbered = sql.replace(token, (match: string, ...rest: unknown[]) => {
    const groups = rest.at(-1)
    const name =
      typeof groups === 'object' && groups !== null && 'name' in groups ? groups.name : undefined
    if (typeof name !== 'string') return match
    const number = numbers.get(name) ?? numbers.size + 1
    numbers.set(name, number)
    return `$${number}`
  })
  return { sql: numbered, names: [...numbers.keys()] }
}
