import { randomFillSync } from 'node:crypto'

/** Each call of the system's generator takes as long as hundreds of bytes of it. So its bytes are taken in advance. */
const pool = Buffer.allocUnsafeSlow(4_096)
let used = pool.length

/** The result may be overwritten by the next call. */
function randomBytes(count: number): Buffer {
  if (used + count > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += count
  return pool.subarray(used - count, used)
}

/** Connection, request and message ids look like `TXzPWdnOjoECGjA=`: 11 bytes in base64 with `-` and `_`, padded. */
export function newGatewayId(): string {
  return `${randomBytes(11).toString('base64url')}=`
}

export function newTraceId(epochMs: number): string {
  const seconds = Math.floor(epochMs / 1000).toString(16)
  return `Root=1-${seconds}-${randomBytes(12).toString('hex')}`
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `19/Feb/2024:07:11:42 +0000`, as in `requestContext.requestTime` and `requestContext.time`. */
export function formatRequestTime(epochMs: number): string {
  const date = new Date(epochMs)
  const day = `${two(date.getUTCDate())}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}`
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':')
  return `${day}:${time} +0000`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
