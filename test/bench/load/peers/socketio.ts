/**
 * Socket.IO with rooms: one insert for each message. Then the room gets the message, and the sender gets an
 * acknowledgement.
 */
import { Server } from 'socket.io'
import { createPageServer, listen, openStore, userOf } from './common.ts'

interface Message {
  readonly room: string
  readonly text: string
}

const store = openStore()
const server = createPageServer(store)
const io = new Server(server)

io.on('connection', (socket) => {
  const user = userOf(String(socket.handshake.auth['token']))
  if (user === undefined) {
    socket.disconnect(true)
    return
  }
  const join = async (room: string, done: (isIn: boolean) => void) => {
    const id = await store.roomId(room)
    if (id !== undefined) await socket.join(room)
    done(id !== undefined)
  }
  const send = async ({ room, text }: Message, done: (id: string) => void) => {
    const { id, created_at: at } = await store.insert((await store.roomId(room))!, user, text)
    io.to(room).emit('message', { id, user, room, text, at })
    done(id)
  }
  socket.on('join', (room: string, done: (isIn: boolean) => void) => void join(room, done))
  socket.on('message', (message: Message, done: (id: string) => void) => void send(message, done))
})

listen(server)
