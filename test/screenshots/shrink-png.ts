/** Makes the PNG file of a screenshot small: a palette of at most 256 colours instead of three bytes for each pixel. */
import { crc32, deflateSync, inflateSync } from 'node:zlib'

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const paletteMax = 256
const surfaces = 64
/**
 * The largest distances between a colour and the one that replaces it, from 0 to 441. The first distance that leaves
 * few enough colours is taken. Nobody sees such a difference at the edges of letters.
 */
const distances = [0, 3, 6, 9, 12, 16, 20, 26, 34, 44]

/** The file may have RGB or RGBA with 8 bits each, as Chromium writes it. Transparency is dropped. */
export function shrinkPng(png: Buffer): Buffer {
  const { width, height, channels, pixels } = decode(png)
  const colours = new Map<number, number>()
  const each = new Uint32Array(width * height)
  for (let at = 0; at < each.length; at += 1) {
    const colour = pixels.readUIntBE(at * channels, 3)
    each[at] = colour
    colours.set(colour, (colours.get(colour) ?? 0) + 1)
  }
  const frequent = [...colours].toSorted((a, b) => b[1] - a[1]).map(([colour]) => colour)
  const palette = choosePalette(frequent)
  const indexes = new Map(frequent.map((colour) => [colour, nearest(palette, colour).index]))

  const rows = Buffer.alloc((width + 1) * height)
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      rows[y * (width + 1) + 1 + x] = indexes.get(each[y * width + x]!)!
    }
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  // Eight bits, and a palette.
  header.set([8, 3, 0, 0, 0], 8)
  const table = Buffer.alloc(palette.length * 3)
  for (const [index, colour] of palette.entries()) table.writeUIntBE(colour, index * 3, 3)
  const data = deflateSync(rows, { level: 9, memLevel: 9 })
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('PLTE', table),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/**
 * Keeps the most frequent colours, because surfaces have them. Another colour is replaced by a kept one if their
 * distance is small.
 */
function choosePalette(frequent: readonly number[]): readonly number[] {
  for (const distance of distances) {
    const palette = frequent.slice(0, surfaces)
    for (const colour of frequent.slice(surfaces)) {
      if (palette.length > paletteMax) break
      if (nearest(palette, colour).distance > distance) palette.push(colour)
    }
    if (palette.length <= paletteMax) return palette
  }
  return frequent.slice(0, paletteMax)
}

function nearest(palette: readonly number[], colour: number): { index: number; distance: number } {
  let found = { index: -1, distance: Infinity }
  for (const [index, other] of palette.entries()) {
    const distance = Math.hypot(
      (colour >> 16) - (other >> 16),
      ((colour >> 8) & 255) - ((other >> 8) & 255),
      (colour & 255) - (other & 255),
    )
    if (distance < found.distance) found = { index, distance }
    if (distance === 0) break
  }
  return found
}

function decode(png: Buffer) {
  if (!png.subarray(0, 8).equals(signature)) throw new Error('this is not a PNG file')
  const parts: Buffer[] = []
  let header = Buffer.alloc(0)
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at)
    const type = png.toString('latin1', at + 4, at + 8)
    const data = png.subarray(at + 8, at + 8 + length)
    if (type === 'IHDR') header = Buffer.from(data)
    if (type === 'IDAT') parts.push(data)
    at += length + 12
  }
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)]
  const [bits, kind, , , interlaced] = header.subarray(8)
  const channels = { 2: 3, 6: 4 }[kind!]
  if (bits !== 8 || channels === undefined || interlaced !== 0) {
    throw new Error(`a PNG file of kind ${kind} with ${bits} bits is not supported`)
  }
  return {
    width,
    height,
    channels,
    pixels: unfilter(inflateSync(Buffer.concat(parts)), width * channels, channels),
  }
}

/** https://www.w3.org/TR/png-3/#9Filters */
function unfilter(rows: Buffer, stride: number, channels: number): Buffer {
  const height = rows.length / (stride + 1)
  const pixels = Buffer.alloc(stride * height)
  for (let y = 0; y < height; y += 1) {
    const filter = rows[y * (stride + 1)]!
    for (let x = 0; x < stride; x += 1) {
      const at = y * stride + x
      const left = x < channels ? 0 : pixels[at - channels]!
      const up = y === 0 ? 0 : pixels[at - stride]!
      const corner = x < channels || y === 0 ? 0 : pixels[at - stride - channels]!
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter]!
      pixels[at] = rows[y * (stride + 1) + 1 + x]! + guess
    }
  }
  return pixels
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner
  const [a, b, c] = [left, up, corner].map((each) => Math.abs(guess - each)) as [
    number,
    number,
    number,
  ]
  if (a <= b && a <= c) return left
  return b <= c ? up : corner
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}
