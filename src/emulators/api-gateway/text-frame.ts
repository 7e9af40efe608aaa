import { isUtf8 } from 'node:buffer'

/**
 * Encodes one unmasked, final text frame (RFC 6455, 5.2). A fan-out writes the same bytes to a thousand sockets. So
 * they are encoded once here, and not once per socket by `ws`. This is safe because the sender of `ws` keeps no state
 * on a socket without compression.
 */
export function encodeTextFrame(payload: string | Uint8Array): Buffer {
  const length = Buffer.byteLength(payload)
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10
  // This memory is not from Node's pool. A short frame that waits for a slow client would keep the whole slab that it
  // shares.
  const frame = Buffer.allocUnsafeSlow(head + length)
  frame[0] = 0x81
  if (head === 2) frame[1] = length
  else if (head === 4) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeUInt32BE(0, 2)
    frame.writeUInt32BE(length, 6)
  }
  if (typeof payload === 'string') frame.write(payload, head)
  else frame.set(payload, head)
  return frame
}

/** Keeps the frame of the last string, because a fan-out posts the same string many times. */
export function createFrameEncoder(): (data: string | Uint8Array) => Buffer {
  let lastText: string | undefined
  let lastFrame: Buffer = Buffer.alloc(0)
  return (data) => {
    if (typeof data !== 'string') {
      // A text frame that is not UTF-8 makes clients close the connection.
      return encodeTextFrame(isUtf8(data) ? data : Buffer.from(new TextDecoder().decode(data)))
    }
    if (data !== lastText) {
      lastFrame = encodeTextFrame(data)
      lastText = data
    }
    return lastFrame
  }
}

/** The gateway's own frames, byte for byte: a space after the first colon, and none after the others. */
export function errorFrame(message: string, connectionId: string, requestId: string): string {
  return `{"message": "${message}", "connectionId":"${connectionId}", "requestId":"${requestId}"}`
}
