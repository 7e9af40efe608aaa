/**
 * A line of a CSV file (RFC 4180). What a spreadsheet would take for a formula gets a quote mark in front, as OWASP
 * advises ("CSV Injection"): users choose what they are called and what they write.
 */
export function csvRow(cells: readonly string[]): string {
  return `${cells.map(cell).join(',')}\r\n`
}

/**
 * The signs are dangerous in their wide forms, too: some spreadsheets take these for the same. Where lists are separated
 * by semicolons, some begin a cell after each of them, whatever is quoted.
 */
const formula = /(^|[;\t\r\n])(?=[=+\-@＝＋－＠])|^(?=[\t\r\n])/g

function cell(text: string): string {
  const safe = text.replace(formula, "$1'")
  return /[",;\t\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
