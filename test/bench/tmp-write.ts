import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createGatewaySender } from '../../src/local/server/gateway-sender.ts'
import { startGateway } from '../support/gateway.ts'
const gateway = await startGateway({ limits: { connectsPerSecond: 5000 } as any })
const child = fork('/tmp/fanout/sink.mjs', [String(gateway.port)])
const ids: string[] = []
await once(child, 'message')
await new Promise((r) => setTimeout(r, 1000))
for (const c of gateway.connects.all) ids.push(c.requestContext.connectionId)
const log = { info() {}, warn() {}, error(...a: unknown[]) { console.log(a) } }
const sender = createGatewaySender(gateway.api.connections, log)
const socks = [...(gateway.api.connections as any).values()].map((c: any) => c)
const text = 'x'.repeat(400)
const frame = Buffer.concat([Buffer.from([0x81, 126, 1, 144]), Buffer.from(text)])
const idle = () => new Promise((r) => setImmediate(r))
let n = 0
const ways: Record<string, () => Promise<void>> = {
  ours: async () => { const t = text.slice(0, 390) + String(n++).padStart(10); await sender.post(ids, t); for (let i = 0; i < 30; i++) await idle() },
  'socket.write': async () => { for (const { socket } of socks) socket.write(frame); for (let i = 0; i < 30; i++) await idle() },
  'ws.send': async () => { for (const { ws } of socks) ws.send(frame.subarray(4), { binary: false }); for (let i = 0; i < 30; i++) await idle() },
}
if (process.env.ONLY) for (const k of Object.keys(ways)) if (k !== process.env.ONLY) delete ways[k]
const res: Record<string, number[]> = {}
for (let round = 0; round < 8; round++) for (const [name, f] of Object.entries(ways)) {
  const c = process.cpuUsage()
  for (let i = 0; i < 40; i++) await f()
  const d = process.cpuUsage(c)
  if (round > 0) (res[name] ??= []).push((d.user + d.system) / 40000)
}
for (const [k, v] of Object.entries(res)) console.log(k, v.map((x) => x.toFixed(2)).join(' '), 'median', v.toSorted((a, b) => a - b)[3]!.toFixed(2))
child.kill(); process.exit()
