/** What songs are of, and what users like. */
export const GENRES = [
  'ambient',
  'blues',
  'classical',
  'country',
  'electronic',
  'folk',
  'hip-hop',
  'indie',
  'jazz',
  'metal',
  'pop',
  'soul',
] as const;

/** What podcasts are about. */
export const TOPICS = [
  'comedy',
  'crime',
  'economy',
  'health',
  'history',
  'music',
  'science',
  'sport',
] as const;

export const ADJECTIVES = (
  'amber autumn blue borrowed bright broken burning copper crooked crystal distant early electric empty faded first ' +
  'foreign fragile gentle golden hidden hollow holy last little lonely long lost midnight morning northern open pale ' +
  'paper quiet restless rising rusty sacred scarlet second secret silent silver sleeping slow southern steady strange ' +
  'sudden sweet tender velvet wild winter yellow'
).split(' ');

export const NOUNS = (
  'anchor answer arrow avenue bell bird bridge candle canyon castle chorus city coast compass corner country crown ' +
  'dance desert door dream echo ember engine feather field fire flag forest fountain garden ghost glass harbour heart ' +
  'hill horizon house island kingdom ladder lantern letter light machine meadow memory mirror moon mountain neighbour ' +
  'ocean orchard parade picture planet promise radio rain river road room satellite season shadow signal snow station ' +
  'stone storm story street summer thread tide tower train valley voice water weather wheel window wire wolf'
).split(' ');

export const FIRST_NAMES = (
  'Ada Alma Anton Bela Bruno Carla Chidi Clara Dara Elif Emil Esther Farid Freya Greta Hana Hugo Ida Ines Iris Jonas ' +
  'Jude Kaja Kenji Lena Leo Lina Luca Mara Milo Mina Nadia Nils Nora Olga Oskar Paula Quinn Rafi Rosa Samir Selma ' +
  'Tariq Thea Tomas Uma Vera Viktor Yara Zoe'
).split(' ');

export const LAST_NAMES = (
  'Abara Almeida Andersen Becker Bianchi Castro Dahl Demir Dubois Eriksen Farah Fischer Garcia Haddad Hansen Ito ' +
  'Jansen Kaya Keller Kim Kowalski Larsen Lopez Marin Meyer Moreau Mwangi Nagy Novak Okafor Olsen Park Petrov Quist ' +
  'Ricci Rossi Sato Schmidt Silva Sousa Tanaka Torres Vargas Virtanen Weber Wolf Yilmaz Zeman'
).split(' ');

export const COUNTRIES = ['AT', 'BR', 'DE', 'ES', 'FR', 'GB', 'IT', 'JP', 'NL', 'PL', 'SE', 'US'] as const;

export type Genre = (typeof GENRES)[number];
export type Topic = (typeof TOPICS)[number];
