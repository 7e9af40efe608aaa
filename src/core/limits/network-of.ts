import { isIP } from 'node:net'

/**
 * The network of an address, as limits count it. With IPv6 everybody has at least a /64, with as many addresses as they
 * like, so the network is the /64. An IPv4 address is its own network, also if a dual-stack socket writes it as IPv6.
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

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): number[] {
  // The host of a URL is the shortest form of the address, without an IPv4 part. A URL allows no zone, so the zone is
  // cut off first.
  const { hostname } = new URL(`http://[${address.split('%', 1)[0]}]`)
  const [before = '', after = ''] = hostname.slice(1, -1).split('::')
  const [head, tail] = [readGroups(before), readGroups(after)]
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail]
}

function readGroups(part: string): number[] {
  return part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16))
}
