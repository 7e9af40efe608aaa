import { FrameRhythm, GrowthPace } from './frame-load.ts'

// The cost of rows depends on the machine, not on the room.
export const pace = new GrowthPace()
export const rhythm = new FrameRhythm()
