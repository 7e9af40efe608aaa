export interface FrameScanner {
  /**
   * Reads the next bytes of the socket. Returns undefined until the header of a data frame announces more bytes than
   * the limit. From then on it returns how many whole messages came before that frame.
   */
  scan(chunk: Uint8Array): number | undefined
  /**
   * How many frames so far only continue a message, or begin a message without ending it. `ws` does not report them.
   */
  readonly fragments: number
  /** How many messages have begun their last frame so far. The payload of that frame may still be missing. */
  readonly messages: number
  /** Whether a frame or a message is incomplete. */
  readonly isUnfinished: boolean
}

/**
 * Follows frame headers (RFC 6455, 5.2) beside `ws`. `ws` returns whole messages, and has no limit for a single
 * frame. The scanner reads the bytes of headers and skips payloads, so it costs a few steps per chunk.
 */
export function createFrameScanner(maxFrameBytes: number): FrameScanner {
  const header = new Uint8Array(10)
  let have = 0
  let skip = 0
  let messages = 0
  let fragments = 0
  let isFragmented = false
  let violation: number | undefined

  return {
    get fragments() {
      return fragments
    },
    get messages() {
      return messages
    },
    get isUnfinished() {
      return isFragmented || skip > 0 || have > 0
    },
    scan(chunk) {
      let at = 0
      while (at < chunk.length && violation === undefined) {
        if (skip > 0) {
          const step = Math.min(skip, chunk.length - at)
          skip -= step
          at += step
          continue
        }
        header[have] = chunk[at] ?? 0
        have += 1
        at += 1
        if (have < 2 || have < headerLength(header)) continue

        const size = payloadLength(header)
        const control = ((header[0] ?? 0) & 0x08) !== 0
        const final = ((header[0] ?? 0) & 0x80) !== 0
        if (!control && size > maxFrameBytes) violation = messages
        if (!control) {
          isFragmented = !final
          if (final) messages += 1
          else fragments += 1
        }
        const mask = ((header[1] ?? 0) & 0x80) === 0 ? 0 : 4
        skip = size + mask
        have = 0
      }
      return violation
    },
  }
}

function headerLength(header: Uint8Array): number {
  const short = (header[1] ?? 0) & 0x7f
  if (short === 127) return 10
  return short === 126 ? 4 : 2
}

function payloadLength(header: Uint8Array): number {
  const view = new DataView(header.buffer)
  const short = (header[1] ?? 0) & 0x7f
  if (short === 127) return Number(view.getBigUint64(2))
  return short === 126 ? view.getUint16(2) : short
}
