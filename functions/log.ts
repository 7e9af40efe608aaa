import { Logger } from '@aws-lambda-powertools/logger'
import type { Log } from '../src/core/ports.ts'

/** Structured logs, a JSON object a line. */
export function createLog(level: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR'): Log {
  const logger = new Logger({ serviceName: 'quick-connect', logLevel: level })
  return {
    info: (message, fields = {}) => logger.info(message, fields),
    warn: (message, fields = {}) => logger.warn(message, fields),
    error: (message, fields = {}) => logger.error(message, fields),
  }
}
