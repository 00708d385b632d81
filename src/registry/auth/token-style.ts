/** How a client asks a token server: clients differ in the method, in their name, and in the order of a scope's actions. */
export interface TokenStyle {
  /** `client_id` of an OAuth2 POST. */
  readonly clientId: string;
  /** Says the user's name in a GET (`account=`). */
  readonly account: boolean;
  /** What goes by OAuth2 POST first: identity and refresh tokens only, or a password too (`secret`). */
  readonly post: 'identity-token' | 'secret';
  /** Order of the actions of one who writes: `repository:team/app:<actions>`. */
  readonly actions: 'pull,push' | 'push,pull';
  /** A push asks for one token that serves its reads too. Otherwise each request asks for what it needs itself. */
  readonly onePushToken: boolean;
}

/** loadreg's own: the fewest requests. */
export const PLAIN_TOKENS: TokenStyle = {
  clientId: 'loadreg',
  account: false,
  post: 'identity-token',
  actions: 'pull,push',
  onePushToken: false,
};
