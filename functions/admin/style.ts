import { createHash } from 'node:crypto'

const css = String.raw

/** The one stylesheet; light and dark as the browser asks for. */
export const style = css`
  :root {
    color-scheme: light dark;
    --ink: light-dark(#1c2230, #e7eaf1);
    --soft: light-dark(#566073, #a3adbf);
    --paper: light-dark(#ffffff, #12151c);
    --card: light-dark(#f4f6fa, #1b202b);
    --line: light-dark(#d9dee8, #303848);
    --edge: light-dark(#7c879b, #7d889d);
    --accent: light-dark(#1f5fd6, #86b1ff);
    --on-accent: light-dark(#ffffff, #10141c);
    --bad: light-dark(#b3261e, #ff9d94);
    font:
      16px/1.5 system-ui,
      -apple-system,
      'Segoe UI',
      Roboto,
      'DejaVu Sans',
      sans-serif;
  }

  * {
    box-sizing: border-box;
  }

  body {
    margin: 0;
    background: var(--paper);
    color: var(--ink);
    overflow-wrap: break-word;
  }

  .skip {
    position: absolute;
    left: -100rem;
  }

  .skip:focus {
    left: 0;
    padding: 0.5rem 1rem;
    background: var(--paper);
  }

  header {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.5rem 1.5rem;
    padding: 0.7rem 1.25rem;
    border-bottom: 1px solid var(--line);
  }

  .brand {
    margin: 0;
    font-weight: 650;
  }

  .brand span {
    color: var(--soft);
    font-weight: 400;
  }

  header nav {
    display: flex;
    flex-wrap: wrap;
    gap: 0.25rem 0.25rem;
  }

  header nav a {
    padding: 0.3rem 0.6rem;
    border-radius: 6px;
    color: var(--ink);
    text-decoration: none;
  }

  header nav a:hover {
    background: var(--card);
  }

  header nav a[aria-current] {
    background: var(--card);
    box-shadow: inset 0 -2px var(--accent);
    font-weight: 600;
  }

  .who {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.6rem;
    margin-left: auto;
    color: var(--soft);
  }

  main {
    max-width: 60rem;
    margin: 0 auto;
    padding: 1.5rem 1.25rem 4rem;
  }

  main:focus {
    outline: none;
  }

  h1 {
    margin: 0 0 1rem;
    font-size: 1.7rem;
    line-height: 1.25;
  }

  h2 {
    margin: 2rem 0 0.75rem;
    font-size: 1.2rem;
  }

  a {
    color: var(--accent);
    text-underline-offset: 0.15em;
  }

  :focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
    border-radius: 4px;
  }

  .hint,
  .empty {
    color: var(--soft);
  }

  .message {
    padding: 0.6rem 0.9rem;
    border: 1px solid var(--line);
    border-left: 4px solid var(--accent);
    border-radius: 6px;
    background: var(--card);
  }

  .message.error {
    border-left-color: var(--bad);
  }

  .narrow {
    max-width: 30rem;
  }

  .field,
  fieldset {
    margin: 0 0 1rem;
  }

  fieldset {
    padding: 0;
    border: 0;
  }

  label,
  legend {
    display: block;
    padding: 0;
    font-weight: 600;
  }

  .choice {
    display: flex;
    align-items: baseline;
    gap: 0.5rem;
    font-weight: 400;
  }

  .field .hint,
  .fault {
    margin: 0;
    font-size: 0.92rem;
  }

  .fault {
    color: var(--bad);
    font-weight: 600;
  }

  input:not([type='radio']),
  select,
  textarea {
    display: block;
    width: 100%;
    margin-top: 0.25rem;
    padding: 0.5rem 0.6rem;
    border: 1px solid var(--edge);
    border-radius: 6px;
    background: var(--paper);
    color: inherit;
    font: inherit;
  }

  [aria-invalid] {
    border-color: var(--bad);
  }

  button,
  .button {
    display: inline-block;
    padding: 0.45rem 0.9rem;
    border: 1px solid var(--edge);
    border-radius: 6px;
    background: var(--card);
    color: var(--ink);
    font: inherit;
    text-decoration: none;
    cursor: pointer;
  }

  button:hover,
  .button:hover {
    border-color: var(--accent);
  }

  .primary {
    border-color: transparent;
    background: var(--accent);
    color: var(--on-accent);
    font-weight: 600;
  }

  .primary.bad {
    background: var(--bad);
  }

  .buttons,
  .actions,
  .pager {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.75rem 1rem;
  }

  .actions {
    padding: 0;
    list-style: none;
  }

  .pager {
    justify-content: space-between;
    margin-top: 1rem;
  }

  .line {
    display: flex;
    flex-wrap: wrap;
    align-items: end;
    gap: 0.75rem;
    margin-bottom: 1rem;
  }

  .line .field {
    flex: 1 1 15rem;
    max-width: 24rem;
    margin: 0;
  }

  .line > a {
    padding: 0.45rem 0;
  }

  .figures {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(max(9rem, 22%), 1fr));
    gap: 0.75rem;
    margin: 0;
  }

  .figures div {
    display: flex;
    flex-direction: column;
    justify-content: space-between;
    padding: 0.8rem 1rem;
    border: 1px solid var(--line);
    border-radius: 8px;
    background: var(--card);
  }

  .figures dt,
  .facts dt {
    color: var(--soft);
  }

  .figures dd {
    margin: 0;
    font-size: 1.6rem;
    font-variant-numeric: tabular-nums;
  }

  .facts {
    margin: 0;
  }

  .facts div {
    display: grid;
    grid-template-columns: minmax(6rem, 10rem) minmax(0, 1fr);
    gap: 1rem;
    padding: 0.4rem 0;
    border-bottom: 1px solid var(--line);
  }

  .facts dd {
    margin: 0;
  }

  .written,
  .email {
    overflow-wrap: anywhere;
  }

  .written {
    white-space: pre-wrap;
  }

  time {
    white-space: nowrap;
  }

  table {
    width: 100%;
    border-collapse: collapse;
  }

  th,
  td {
    padding: 0.5rem 1rem 0.5rem 0;
    border-bottom: 1px solid var(--line);
    text-align: left;
    vertical-align: top;
  }

  thead th {
    color: var(--soft);
    font-weight: 400;
  }

  .tag {
    padding: 0.05rem 0.5rem;
    border: 1px solid var(--edge);
    border-radius: 1rem;
    font-size: 0.88rem;
  }

  .tag.bad {
    border-color: var(--bad);
    color: var(--bad);
  }

  blockquote {
    margin: 0 0 1rem;
    padding: 0.7rem 1rem;
    border-left: 4px solid var(--edge);
    background: var(--card);
    white-space: pre-wrap;
  }

  @media (max-width: 40rem) {
    .who {
      margin-left: 0;
    }

    thead {
      position: absolute;
      left: -100rem;
    }

    table,
    tbody,
    tr {
      display: block;
    }

    tr {
      padding: 0.6rem 0;
      border-bottom: 1px solid var(--line);
    }

    td {
      display: grid;
      grid-template-columns: 7.5rem minmax(0, 1fr);
      gap: 0.75rem;
      padding: 0.1rem 0;
      border: 0;
    }

    td::before {
      content: attr(data-label);
      color: var(--soft);
    }
  }
`

/** Another style has another path, so that a browser may keep it. */
export const stylePath = `/admin/style-${createHash('sha256').update(style).digest('base64url').slice(0, 12)}.css`
