/**
 * A line of a CSV file (RFC 4180). Users choose their names and texts. So a text that a spreadsheet would read as a
 * formula gets a quote mark in front, as OWASP advises ("CSV Injection").
 */
export function csvRow(cells: readonly string[]): string {
  return `${cells.map(cell).join(',')}\r\n`
}

/**
 * The full-width signs are dangerous, too: some spreadsheets treat them the same. Where semicolons separate cells, some
 * spreadsheets begin a new cell after each of them, even inside of quotes.
 */
const formula = /(^|[;\t\r\n])(?=[=+\-@＝＋－＠])|^(?=[\t\r\n])/g

function cell(text: string): string {
  const safe = text.replace(formula, "$1'")
  return /[",;\t\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
