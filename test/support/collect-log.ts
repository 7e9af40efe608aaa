import type { Log } from '../../src/core/ports.ts'

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: Record<string, unknown>
}

/** A log that keeps its lines for the test. */
export function collectLog(): Log & { readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = []
  const collect =
    (level: LogLine['level']) => (message: string, fields?: Record<string, unknown>) =>
      void lines.push({ level, message, fields: fields ?? {} })
  return { lines, info: collect('info'), warn: collect('warn'), error: collect('error') }
}
