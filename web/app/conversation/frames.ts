import { FrameRhythm, GrowthPace } from './frame-load.ts'

// The cost of rows depends on the machine, not on the room.
export const pace = new GrowthPace()
export const rhythm = new FrameRhythm()

const ends = new MessageChannel()
// The browser may collect garbage before it calls this. The event has the time before that.
ends.port1.addEventListener('message', ({ timeStamp }) => rhythm.end(timeStamp))
ends.port1.start()

/** To be called in a frame, so that the rhythm knows when it was over: the message arrives then. */
export const noteFrame = (): void => ends.port2.postMessage(null)
