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
    margin: var(--s1) 0;
    color: var(--ink-2);
    font-size: var(--f3);
    font-variant-numeric: tabular-nums;
  }

  summary {
    padding: var(--s1) 0;
    cursor: pointer;
  }

  .facts {
    margin: 0;
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
  .email {
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
    text-align: left;
    vertical-align: top;
  }

  thead th {
    color: var(--ink-2);
    font-size: var(--f4);
    font-weight: 400;
  }

  .tag {
    padding: var(--s0) var(--s2);
    border: 1px solid var(--line-strong);
    border-radius: var(--r-full);
    font-size: var(--f3);
  }

  .tag.bad {
    border-color: var(--danger);
    color: var(--danger);
  }

  blockquote {
    margin: 0 0 var(--s4);
    padding: var(--s3) var(--s4);
    border-left: 4px solid var(--line-strong);
    background: var(--canvas);
    white-space: pre-wrap;
  }

  .chosen {
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

  @media (max-width: 40rem) {
    time {
      white-space: normal;
    }

    .facts div {
      grid-template-columns: 6.5rem minmax(0, 1fr);
      gap: var(--s3);
    }

    header nav {
      flex-basis: 100%;
      order: 1;
      margin: 0 calc(-1 * var(--s2));
    }

    header nav a {
      padding: var(--s1) var(--s2);
    }

    .who button {
      padding: var(--s1) var(--s2);
    }

    main {
      padding-top: var(--s4);
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
      top: var(--s2);
      right: 0;
      display: block;
      width: auto;
    }

    td:has(> span > .tick)::before {
      content: none;
    }

    td:has(> span > .tick) + td {
      padding-right: var(--s6);
    }

    td:has(> span:empty) {
      display: none;
    }
  }
`
