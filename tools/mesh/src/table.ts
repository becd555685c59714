/** A text table: columns as wide as their longest cell, those of numbers to the right. The first row is the header. */
export function formatTable(rows: readonly (readonly (string | number)[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((cells) => textOf(cells[column]).length)),
  );
  const numeric = widths.map((_, column) =>
    rows.slice(1).every((cells) => typeof cells[column] === 'number' || cells[column] === ''),
  );
  return rows
    .map((cells) =>
      cells
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return numeric[column] === true ? textOf(cell).padStart(width) : textOf(cell).padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function textOf(cell: string | number | undefined): string {
  return typeof cell === 'number' ? cell.toLocaleString('en-GB') : (cell ?? '');
}
