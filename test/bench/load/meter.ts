import { readdirSync, readFileSync } from 'node:fs'

/** Linux counts processor time in ticks of a hundredth of a second, on every platform that Node.js runs on. */
const ticksPerSecond = 100

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // The process has ended since it was listed.
    return ''
  }
}

/** Returns the processor time of a process and its descendants, in seconds. It reads /proc, which only Linux has. */
export function cpuSecondsOf(root: number): number {
  const processes = new Map<number, { parent: number; ticks: number }>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = read(`/proc/${name}/stat`)
    // The program's name is in parentheses, and may contain spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields.length < 16) continue
    const ticks = fields.slice(11, 15).reduce((sum, each) => sum + Number(each), 0)
    processes.set(Number(name), { parent: Number(fields[1]), ticks })
  }
  const isOurs = (id: number): boolean => {
    if (id === root) return true
    const parent = processes.get(id)?.parent
    return parent !== undefined && parent > 1 && isOurs(parent)
  }
  let ticks = 0
  for (const [id, each] of processes) if (isOurs(id)) ticks += each.ticks
  return ticks / ticksPerSecond
}

/** Returns the memory of one process in RAM, in MiB. */
export function memoryOf(id: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(read(`/proc/${id}/status`))?.[1] ?? 0) / 1_024
}
