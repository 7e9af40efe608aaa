import { isIP } from 'node:net'

/**
 * Whose an address is, for limits: of IPv6 everybody has a /64 at least, and as many addresses in it as they
 * like. An IPv4 address is itself, also where a socket of both kinds writes it as IPv6.
 */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address
  const groups = groupsOf(address)
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  if (isMapped) {
    return groups
      .slice(6)
      .flatMap((group) => [group >> 8, group & 0xff])
      .join('.')
  }
  const network = groups.slice(0, 4).map((group) => group.toString(16))
  return `${network.join(':')}::/64`
}

/** The eight of it. */
function groupsOf(address: string): number[] {
  // A URL's host is in its one shortest form, without IPv4 in it; a zone it has not.
  const { hostname } = new URL(`http://[${address.split('%', 1)[0]}]`)
  const [before = '', after = ''] = hostname.slice(1, -1).split('::')
  const [head, tail] = [readGroups(before), readGroups(after)]
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail]
}

function readGroups(part: string): number[] {
  return part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16))
}
