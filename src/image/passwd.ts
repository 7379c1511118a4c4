/** One row of /etc/passwd. */
export interface PasswdRow {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** One row of /etc/group. */
export interface GroupRow {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** The largest id an image may name: beyond it programs that keep ids in an int see other users. */
export const maxId = 2 ** 31 - 1;

/** Reads passwd rows; a row that is malformed, or whose ids are out of range, is no row. */
export function parsePasswd(text: string): PasswdRow[] {
  return rowsOf(text, 7).flatMap(([name = '', , uidText = '', gidText = '', , home = '']) => {
    const [uid, gid] = [parseId(uidText), parseId(gidText)];
    return name === '' || uid === undefined || gid === undefined ? [] : [{ name, uid, gid, home }];
  });
}

/** Reads group rows, by the same rules. */
export function parseGroup(text: string): GroupRow[] {
  return rowsOf(text, 4).flatMap(([name = '', , gidText = '', members = '']) => {
    const gid = parseId(gidText);
    return name === '' || gid === undefined
      ? []
      : [{ name, gid, members: members.split(',').filter(Boolean) }];
  });
}

/** A number from 0 to {@link maxId} in plain digits; anything else is undefined. */
export function parseId(text: string): number | undefined {
  const id = /^\d{1,10}$/.test(text) ? Number(text) : maxId + 1;
  return id <= maxId ? id : undefined;
}

function rowsOf(text: string, fields: number): string[][] {
  return text
    .split('\n')
    .map((line) => line.split(':'))
    .filter((row) => row.length === fields);
}
