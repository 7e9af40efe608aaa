const css = String.raw

/** The style of fields, choices and buttons. */
export const formStyle = css`
  .field,
  fieldset {
    margin: 0 0 var(--s4);
  }

  fieldset {
    padding: 0;
    border: 0;
  }

  label,
  legend {
    display: block;
    padding: 0;
    color: var(--ink-2);
    font-size: var(--f2);
    font-weight: 620;
  }

  .choice {
    display: flex;
    align-items: baseline;
    gap: var(--s2);
    padding: var(--s1) 0;
    color: var(--ink);
    font-size: inherit;
    font-weight: 400;
  }

  .field .hint,
  .fault {
    margin: 0;
    font-size: var(--f2);
  }

  .fault {
    color: var(--danger);
    font-weight: 620;
  }

  input:not([type='radio'], [type='checkbox']),
  select,
  textarea {
    display: block;
    width: 100%;
    height: 42px;
    margin-top: var(--s1);
    padding: var(--s2) var(--s3);
    border: 1px solid var(--line-strong);
    border-radius: var(--r);
    background: var(--surface);
    color: inherit;
    font: inherit;
    /* A smaller size makes phones zoom in. */
    font-size: var(--f5);
  }

  textarea {
    height: auto;
    resize: vertical;
  }

  ul + .field {
    margin-top: var(--s5);
  }

  .field [aria-invalid] {
    border-color: var(--danger);
  }

  .field :focus {
    outline-offset: -1px;
    border-radius: var(--r);
  }

  button,
  .button {
    display: inline-block;
    min-height: 36px;
    padding: var(--s1h) var(--s4);
    border: 1px solid var(--line-strong);
    border-radius: var(--r);
    background: var(--raised);
    color: var(--ink);
    font: inherit;
    font-weight: 580;
    text-decoration: none;
    overflow-wrap: anywhere;
    cursor: pointer;
  }

  button:hover,
  .button:hover {
    background: var(--sunken);
  }

  .bad {
    border-color: var(--danger);
    background: transparent;
    color: var(--danger);
  }

  .bad:hover {
    background: var(--danger-soft);
  }

  .primary {
    border-color: var(--accent);
    background: var(--accent);
    color: var(--on-accent);
  }

  .primary.bad {
    border-color: var(--danger);
    background: var(--danger);
  }

  .primary:hover,
  .primary.bad:hover {
    background: var(--accent);
    filter: brightness(1.08);
  }

  .primary.bad:hover {
    background: var(--danger);
  }

  .buttons,
  .actions,
  .pager {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--s2) var(--s2h);
  }

  .buttons > a:not(.button) {
    padding: var(--s1h);
  }

  .actions {
    margin: 0;
    padding: 0;
    list-style: none;
  }

  .pager {
    justify-content: space-between;
    margin-top: var(--s4);
  }

  .tick {
    display: inline-flex;
    align-items: center;
    min-width: 1.5rem;
    min-height: 1.5rem;
  }

  [type='checkbox'] {
    width: 1.15rem;
    height: 1.15rem;
    margin: 0;
  }

  .selection {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: var(--s3) var(--s4);
    margin-top: var(--s4);
  }

  .export {
    margin-top: var(--s6);
  }

  .export p {
    margin: 0 0 var(--s2);
  }

  .apart {
    margin-top: var(--s5);
  }

  .line {
    display: flex;
    flex-wrap: wrap;
    align-items: end;
    gap: var(--s3);
    margin-bottom: var(--s4);
  }

  .line .field {
    flex: 1 1 13rem;
    max-width: 28rem;
    margin: 0;
  }

  .line .field:has(select, [type='date']) {
    flex-basis: 11rem;
    max-width: 13rem;
  }

  .line > button {
    min-height: 42px;
  }

  .line > a {
    padding: var(--s2) 0;
  }

  @media (max-width: 40rem) {
    .line .field:has(select, [type='date']) {
      flex-basis: 9rem;
      max-width: none;
    }
  }
`
