import { Dialog } from '../parts/dialog.tsx'
import { lazy } from '../parts/lazy.tsx'
import { Popover } from '../parts/menu.tsx'
import { t } from '../text/text.ts'
import './emoji-popover.css'

interface EmojiProps {
  readonly onPick: (emoji: string) => void
  readonly onClose: () => void
}

const EmojiPicker = lazy(async () => (await import('./emoji-picker.tsx')).EmojiPicker)

/** All emojis, in a popover beside a button. */
export function EmojiPopover({
  anchor,
  onPick,
  onClose,
}: EmojiProps & { readonly anchor: HTMLElement | null }) {
  return (
    <Popover anchor={anchor} class="emoji-box" label={t('composer.emojis')} onClose={onClose}>
      <EmojiPicker onPick={onPick} />
    </Popover>
  )
}

/** The same without a button. */
export function EmojiDialog({ onPick, onClose }: EmojiProps) {
  return (
    <Dialog title={t('composer.emojis')} class="message-sheet" onClose={onClose}>
      <div class="emoji-box">
        <EmojiPicker onPick={onPick} />
      </div>
    </Dialog>
  )
}
