/** `ws` alone: one insert for each message. Then each socket of the room gets the message. */
import { type WebSocket, WebSocketServer } from 'ws'
import { createPageServer, listen, openStore, userOf } from './common.ts'

const store = openStore()
const server = createPageServer(store)
const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
const rooms = new Map<string, Set<WebSocket>>()

server.on('upgrade', (request, socket, head) => {
  const { searchParams } = new URL(request.url ?? '/', 'http://localhost')
  const name = searchParams.get('room') ?? ''
  const user = userOf(searchParams.get('token') ?? '')
  const open = async () => {
    const id = await store.roomId(name)
    if (user === undefined || id === undefined) socket.destroy()
    else sockets.handleUpgrade(request, socket, head, (opened) => enter(opened, name, id, user))
  }
  void open()
})

function enter(socket: WebSocket, name: string, roomId: number, user: number): void {
  const members = rooms.get(name) ?? new Set()
  rooms.set(name, members.add(socket))
  const send = async (text: string) => {
    const { id, created_at: at } = await store.insert(roomId, user, text)
    const frame = Buffer.from(JSON.stringify({ type: 'message', id, user, text, at }))
    for (const member of members) member.send(frame, { binary: false })
  }
  socket.on('error', () => undefined)
  socket.on('close', () => members.delete(socket))
  // oxlint-disable-next-line typescript/no-base-to-string -- a text frame is one buffer
  socket.on('message', (frame) => void send(frame.toString()))
}

listen(server)
