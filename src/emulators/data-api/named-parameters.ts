/** What stands for itself, and may have colons in it: comments, literals, quoted names, dollar quotes. */
const quoted = [
  /--[^\n]*/,
  /\/\*[\s\S]*?\*\//,
  /\b[eE]'(?:[^'\\]|\\[\s\S]|'')*'/,
  /'(?:[^']|'')*'/,
  /"(?:[^"]|"")*"/,
  /(?<![\w$])\$(?<tag>[A-Za-z_]\w*|)\$[\s\S]*?\$\k<tag>\$/,
]
/** A cast, `::name`, is none; nor is what follows a word, as the bounds of a slice, `a[1:n]`. */
const placeholder = /::|(?<!\w):(?<name>\w+)/
const token = new RegExp([...quoted, placeholder].map(({ source }) => source).join('|'), 'g')

export interface NumberedStatement {
  readonly sql: string
  /** The parameters in the order of their numbers. */
  readonly names: readonly string[]
}

/** PostgreSQL's `$1` in the place of each `:name`; a name has one number, however often it stands there. */
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
