/**
 * A line of a CSV file (RFC 4180). What a spreadsheet would take for a formula gets a quote mark in front, as OWASP
 * advises ("CSV Injection"): users choose what they are called and what they write.
 */
export function csvRow(cells: readonly string[]): string {
  return `${cells.map(cell).join(',')}\r\n`
}

/** The signs are dangerous in their wide forms, too: some spreadsheets take these for the same. */
const formula = /^[=+\-@\t\r\n＝＋－＠]/

function cell(text: string): string {
  const safe = formula.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
