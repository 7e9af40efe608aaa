type Listener = (frame: string) => void

const listeners = new Set<Listener>()

/** Listens to the frames of the chat's socket that the client library ignores. */
export function onFrame(listener: Listener): void {
  listeners.add(listener)
}

export class HeardSocket extends WebSocket {
  constructor(url: string, protocols: string[]) {
    super(url, protocols)
    this.addEventListener('message', ({ data }) => {
      for (const listener of listeners) listener(String(data))
    })
  }
}
