import { icon } from '../icon.ts'

const css = String.raw

/** The style of colours and text, and of the frame of every page. */
export const pageStyle = css`
  :root {
    accent-color: var(--accent);
    /* The width of the content on a large screen. */
    --wide: 78rem;
  }

  * {
    box-sizing: border-box;
  }

  body {
    margin: 0;
    font: var(--text);
    background: var(--surface);
    color: var(--ink);
    overflow-wrap: break-word;
  }

  .skip {
    position: absolute;
    inset-inline-start: -300vw;
  }

  .skip:focus {
    inset-inline-start: 0;
    padding: var(--s2) var(--s4);
    background: var(--surface);
  }

  body > header {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--s2) var(--s4);
    padding: var(--s3) max(var(--s4), calc((100% - var(--wide)) / 2));
    border-bottom: 1px solid var(--line);
  }

  .brand {
    display: flex;
    align-items: center;
    gap: var(--s1h);
    margin: 0;
    font-size: var(--f5);
    font-weight: 650;
    white-space: nowrap;
  }

  .brand::before {
    width: 22px;
    height: 22px;
    background: url('${icon.replaceAll("'", '%27')}');
    content: '';
  }

  @media (prefers-color-scheme: dark) {
    .brand::before {
      filter: brightness(1.7);
    }
  }

  .brand span {
    color: var(--ink-2);
    font-weight: 400;
  }

  header nav {
    display: flex;
    flex-wrap: wrap;
    flex: 1;
    gap: var(--s1) 0;
  }

  header nav a {
    padding: var(--s1) var(--s2);
    border-radius: var(--r-s);
    color: var(--ink-2);
    text-decoration: none;
  }

  header nav a:hover {
    background: var(--sunken);
    color: var(--ink);
  }

  header nav a[aria-current] {
    background: var(--accent-soft);
    color: var(--accent-ink);
    font-weight: 600;
  }

  .who {
    display: flex;
    align-items: center;
    gap: var(--s2h);
    min-width: 0;
    margin-inline-start: auto;
  }

  /* A username has up to 32 characters. The link's accessible name is the whole of it. */
  .who a {
    max-width: 8rem;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .who button {
    flex: none;
    min-height: 0;
    padding: var(--s1) var(--s2h);
  }

  main {
    padding: var(--s5) max(var(--s4), calc((100% - var(--wide)) / 2)) var(--s7);
  }

  /* The pages before an admin has signed in, like those of the chat. */
  .door {
    display: grid;
    min-height: 100vh;
    padding: var(--s4);
    background: var(--canvas);
  }

  .door > div {
    width: min(380px, 100%);
    margin: auto;
  }

  .door main {
    padding: var(--s4) 0 0;
  }

  .door .buttons > a:not(.button) {
    padding-inline: 0;
  }

  .door .primary {
    width: 100%;
    min-height: 42px;
  }

  main:focus {
    outline: none;
  }

  h1 {
    margin: 0 0 var(--s4);
    font-size: var(--f8);
    letter-spacing: -0.02em;
    line-height: 1.25;
    overflow-wrap: anywhere;
  }

  h2 {
    margin: var(--s6) 0 var(--s3);
    font-size: var(--f6);
    line-height: 1.25;
  }

  /* Long lines are hard to read. */
  main p {
    max-width: 46rem;
  }

  a {
    color: var(--accent-ink);
    text-underline-offset: 0.15em;
  }

  :focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
    border-radius: var(--r-xs);
  }

  .hint,
  .empty {
    color: var(--ink-2);
  }

  main .message {
    max-width: none;
    padding: var(--s2h) var(--s4);
    border-inline-start: 4px solid var(--accent);
    border-radius: var(--r-s);
    background: var(--accent-soft);
  }

  main .message.error {
    border-color: var(--danger);
    background: var(--danger-soft);
  }

  .narrow {
    max-width: 30rem;
  }
`
