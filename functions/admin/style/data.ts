const css = String.raw

/** The style of figures, facts and tables. On a narrow screen tables become lists. */
export const dataStyle = css`
  .figures {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(max(9rem, 22%), 1fr));
    gap: var(--s3);
    margin: 0;
  }

  .figures div {
    display: flex;
    flex-direction: column;
    justify-content: space-between;
    padding: var(--s3) var(--s4);
    border: 1px solid var(--line);
    border-radius: var(--r);
    background: var(--canvas);
  }

  .figures dt,
  .facts dt {
    color: var(--ink-2);
  }

  .figures dt {
    font-size: var(--f3);
  }

  .figures dd {
    margin: 0;
    font-size: var(--f8);
    font-variant-numeric: tabular-nums;
  }

  .figures a {
    color: var(--ink);
    text-decoration-color: var(--line-strong);
    text-decoration-thickness: 1px;
  }

  .charts {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr));
    gap: var(--s4);
  }

  .chart {
    margin: 0;
    padding: var(--s3) var(--s4);
    border: 1px solid var(--line);
    border-radius: var(--r);
    background: var(--canvas);
  }

  .chart figcaption {
    font-weight: 600;
  }

  .chart svg {
    display: block;
    width: 100%;
    height: 7.5rem;
    border-top: 1px dashed var(--line);
    border-bottom: 1px solid var(--line-strong);
  }

  .chart rect {
    fill: var(--accent);
  }

  .axis {
    display: flex;
    justify-content: space-between;
    max-width: none;
    margin: var(--s1) 0;
    color: var(--ink-2);
    font-size: var(--f2);
    font-variant-numeric: tabular-nums;
  }

  summary {
    padding: var(--s1) 0;
    cursor: pointer;
  }

  .facts {
    max-width: 46rem;
    margin: 0 0 var(--s5);
  }

  .facts div {
    display: grid;
    grid-template-columns: minmax(6rem, 10rem) minmax(0, 1fr);
    gap: var(--s4);
    padding: var(--s2) 0;
    border-bottom: 1px solid var(--line);
  }

  .facts dd {
    margin: 0;
  }

  .written,
  .email,
  .name,
  .address {
    overflow-wrap: anywhere;
  }

  .written {
    white-space: pre-wrap;
  }

  .links {
    display: flex;
    flex-wrap: wrap;
    gap: var(--s1) var(--s4);
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
    padding: var(--s2) var(--s4) var(--s2) 0;
    border-bottom: 1px solid var(--line);
    text-align: start;
    vertical-align: top;
  }

  th:last-child,
  td:last-child {
    padding-inline-end: 0;
  }

  thead th {
    color: var(--ink-2);
    font-size: var(--f2);
    font-weight: 620;
  }

  td {
    font-variant-numeric: tabular-nums;
  }

  /* A long name or text in one column leaves space for the others. */
  td:has(.name, .email) {
    min-width: min(9rem, 9vw);
  }

  td:has(.written) {
    min-width: 12vw;
  }

  td:has(.address) {
    min-width: min(7rem, 9vw);
  }

  td .buttons {
    flex-wrap: nowrap;
  }

  td button {
    min-height: 0;
    padding: var(--s1) var(--s2h);
    white-space: nowrap;
  }

  .whole,
  td .links a {
    white-space: nowrap;
  }

  .tag {
    display: inline-block;
    padding: 0 var(--s2);
    border: 1px solid var(--line-strong);
    border-radius: var(--r-full);
    font-size: var(--f1);
    font-weight: 580;
    white-space: nowrap;
  }

  .tag.bad {
    border-color: var(--danger);
    color: var(--danger);
  }

  blockquote {
    max-width: 46rem;
    margin: 0 0 var(--s4);
    padding: var(--s3) var(--s4);
    border-inline-start: 4px solid var(--line-strong);
    border-radius: var(--r-s);
    background: var(--canvas);
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }

  .chosen {
    max-width: 46rem;
    margin: 0;
    padding: 0;
    border-top: 1px solid var(--line);
    list-style: none;
  }

  .chosen li {
    padding: var(--s2) 0;
    border-bottom: 1px solid var(--line);
  }

  .context,
  .choices {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: var(--s3);
    max-width: 46rem;
    margin: 0;
    padding: 0;
    list-style: none;
  }

  .context li,
  .choices li {
    padding: var(--s3) var(--s4);
    border: 1px solid var(--line);
    border-radius: var(--r);
  }

  .context .reported {
    border-color: var(--danger);
    background: var(--canvas);
  }

  .context p,
  .choices p {
    margin: 0 0 var(--s2);
  }

  td:has(> span > .tick) {
    width: 2.5rem;
  }

  @media (min-width: 76rem) {
    td:has(.written) {
      min-width: 19vw;
    }
  }

  @media (max-width: 64rem) {
    time {
      white-space: normal;
    }

    td .buttons {
      flex-wrap: wrap;
    }
  }

  @media (max-width: 40rem) {
    td:has(.name, .email, .written, .address) {
      min-width: 0;
    }

    .facts div {
      grid-template-columns: 6.5rem minmax(0, 1fr);
      gap: var(--s3);
    }

    header nav {
      flex-basis: 100%;
      order: 1;
      gap: var(--s1) var(--s0);
      margin: 0 calc(-1 * var(--s1));
    }

    header nav a {
      padding: var(--s1);
    }

    body > header {
      gap: var(--s2);
      font-size: var(--f3);
    }

    .brand {
      font-size: inherit;
    }

    .who {
      flex: 1;
      justify-content: end;
    }

    .who a {
      max-width: none;
    }

    main {
      padding-top: var(--s4);
    }

    h2 {
      margin-top: var(--s5);
    }

    thead {
      position: absolute;
      inset-inline-start: -300vw;
    }

    table,
    tbody,
    tr {
      display: block;
    }

    tr {
      position: relative;
      padding: var(--s2) 0;
      border-bottom: 1px solid var(--line);
    }

    td {
      display: grid;
      grid-template-columns: 6.5rem minmax(0, 1fr);
      gap: var(--s3);
      padding: var(--s0) 0;
      border: 0;
    }

    td::before {
      content: attr(data-label);
      color: var(--ink-2);
    }

    /* The checkbox is beside the first line of its row. Its accessible name says what it selects. */
    td:has(> span > .tick) {
      position: absolute;
      inset-block-start: var(--s2);
      inset-inline-end: 0;
      display: block;
      width: auto;
    }

    td:has(> span > .tick)::before {
      content: none;
    }

    td:has(> span > .tick) + td {
      padding-inline-end: var(--s6);
    }

    td:has(> span:empty) {
      display: none;
    }
  }
`
