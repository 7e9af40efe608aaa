import { Logger } from '@aws-lambda-powertools/logger'
import type { Log } from '../src/core/ports.ts'
import { currentRequestId } from '../src/core/monitoring/request-id.ts'

/**
 * Structured logs: one JSON object in a line. An entry has the id of its request, if there is one. On Lambda it has
 * the function's version too, so that an alarm can separate the errors of a new release from those of the release
 * before.
 */
export function createLog(level: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR'): Log {
  const version = process.env['AWS_LAMBDA_FUNCTION_VERSION']
  const logger = new Logger({
    serviceName: 'quick-connect',
    logLevel: level,
    ...(version !== undefined && { persistentKeys: { version } }),
  })
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
