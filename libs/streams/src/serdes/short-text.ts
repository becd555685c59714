const { fromCharCode: text } = String;

/**
 * The text of up to 12 bytes, each a character (Latin-1), else `undefined`. For so few, as most keys have, the call into
 * the engine takes several times as long.
 */
export function shortLatin1(data: Uint8Array): string | undefined {
  // Written out: only a call with all its arguments at hand makes the text at once.
  const d = data as ArrayLike<number> as Twelve;
  switch (data.length) {
    case 0:
      return '';
    case 1:
      return text(d[0]);
    case 2:
      return text(d[0], d[1]);
    case 3:
      return text(d[0], d[1], d[2]);
    case 4:
      return text(d[0], d[1], d[2], d[3]);
    case 5:
      return text(d[0], d[1], d[2], d[3], d[4]);
    case 6:
      return text(d[0], d[1], d[2], d[3], d[4], d[5]);
    case 7:
      return text(d[0], d[1], d[2], d[3], d[4], d[5], d[6]);
    case 8:
      return text(d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7]);
    case 9:
      return text(d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7], d[8]);
    case 10:
      return text(d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7], d[8], d[9]);
    case 11:
      return text(d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7], d[8], d[9], d[10]);
    case 12:
      return text(d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7], d[8], d[9], d[10], d[11]);
    default:
      return undefined;
  }
}

/** Up to 12 bytes of ASCII, which are UTF-8 too; else `undefined`. */
export function shortAscii(data: Uint8Array): string | undefined {
  const { length } = data;
  if (length > MOST) return undefined;
  let bits = 0;
  for (let at = 0; at < length; at += 1) bits |= data[at] as number;
  return bits < 0x80 ? shortLatin1(data) : undefined;
}

const MOST = 12;

type Twelve = readonly [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
];
