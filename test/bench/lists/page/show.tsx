import { type ComponentChild, render } from 'preact'
import { loadParser } from '../../../../web/app/markdown/parse.ts'
import 'virtual:tokens.css'
import '../../../../web/app/base.css'
import '../../../../web/app/parts/icon.css'
import './show.css'

/** Shows a list in a pane, as the page does. Rows then have their height from the beginning. */
export async function show(list: ComponentChild): Promise<void> {
  await loadParser()
  render(<div class="pane">{list}</div>, document.querySelector('#app')!)
}
