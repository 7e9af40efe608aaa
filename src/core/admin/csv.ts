/**
 * A line of a CSV file (RFC 4180). What a spreadsheet would take for a formula gets a quote mark in front, as OWASP
 * advises ("CSV Injection"): users choose what they are called and what they write.
 */
export function csvRow(cells: readonly string[]): string {
  return `${cells.map(cell).join(',')}\r\n`
}

function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
