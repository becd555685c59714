import { patternField, type EntityField } from '@mesh/service';

/** A language as BCP 47 has it: the subtags are checked for their form, not looked up. */
export function languageField(description: string): EntityField {
  return patternField(
    description,
    '^[a-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4}$',
    'a language tag as in BCP 47, as en or de-CH',
  );
}
