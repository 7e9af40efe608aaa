import { Logger } from '@aws-lambda-powertools/logger'
import type { Log } from '../src/core/ports.ts'
import { currentRequestId } from '../src/core/monitoring/request-id.ts'

/**
 * Writes structured logs, one JSON object per line. A line names its request, if there is one. On Lambda it also names
 * the version of the function, so that an alarm can tell the errors of a new release from older ones.
 */
export function createLog(level: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR'): Log {
  const version = process.env['AWS_LAMBDA_FUNCTION_VERSION']
  const logger = new Logger({
    serviceName: 'quick-connect',
    logLevel: level,
    ...(version !== undefined && { persistentKeys: { version } }),
  })
  // Each request is logged at level INFO, and the logger works on a line also when it does not write it.
  const writesInfo = ['TRACE', 'DEBUG', 'INFO'].includes(logger.getLevelName())
  return {
    info: (message, fields) => {
      if (writesInfo) logger.info(message, withId(fields))
    },
    warn: (message, fields) => logger.warn(message, withId(fields)),
    error: (message, fields) => logger.error(message, withId(fields)),
  }
}

function withId(fields: Record<string, unknown> = {}): Record<string, unknown> {
  const requestId = currentRequestId()
  return requestId === undefined ? fields : { requestId, ...fields }
}
