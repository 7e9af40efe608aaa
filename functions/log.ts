import { Logger } from '@aws-lambda-powertools/logger'
import type { Log } from '../src/core/ports.ts'
import { currentRequestId } from '../src/core/request-id.ts'

/** Structured logs, a JSON object a line. Each says which request it is about, where there is one. */
export function createLog(level: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR'): Log {
  const logger = new Logger({ serviceName: 'quick-connect', logLevel: level })
  return {
    info: (message, fields) => logger.info(message, withId(fields)),
    warn: (message, fields) => logger.warn(message, withId(fields)),
    error: (message, fields) => logger.error(message, withId(fields)),
  }
}

function withId(fields: Record<string, unknown> = {}): Record<string, unknown> {
  const requestId = currentRequestId()
  return requestId === undefined ? fields : { requestId, ...fields }
}
