import { toInt } from "../python/builtins.ts";
import { f } from "../python/format.ts";
import { callMethod, itemsOf } from "../python/methods.ts";
import { addInPlace, contains, eq, getItem, iterate, len, setItem, truthy } from "../python/operators.ts";
import { PyDict, type PyValue } from "../python/values.ts";
import { Api, defineApi } from "./api.ts";

/** The official posting_api.py: tweets, comments, retweets and whom the user follows. */
export class TwitterApi extends Api {
  username: PyValue;
  password: PyValue;
  authenticated: PyValue;
  tweets: PyDict;
  comments: PyValue;
  retweets: PyValue;
  following_list: PyValue;
  tweet_counter: PyValue;

  constructor(scenario: PyDict) {
    super();
    this.username = scenario.getOr("username", "john");
    this.password = scenario.getOr("password", "john123");
    this.authenticated = scenario.getOr("authenticated", false);
    // The keys of tweets become ints, those of comments stay as they were loaded.
    this.tweets = PyDict.of(itemsOf(scenario.getOr("tweets", new PyDict())).map(([id, tweet]) => [toInt(id), tweet]));
    this.comments = scenario.getOr("comments", new PyDict());
    this.retweets = scenario.getOr("retweets", new PyDict());
    this.following_list = scenario.getOr("following_list", ["alice", "bob"]);
    this.tweet_counter = scenario.getOr("tweet_counter", 0n);
  }

  authenticate_twitter(username: PyValue, password: PyValue): PyValue {
    const matches = eq(username, this.username) && eq(password, this.password);
    if (matches) this.authenticated = true;
    return PyDict.of({ authentication_status: matches });
  }

  posting_get_login_status(): PyValue {
    return PyDict.of({ login_status: truthy(this.authenticated) });
  }

  post_tweet(content: PyValue, tags: PyValue, mentions: PyValue): PyValue {
    if (!truthy(this.authenticated)) return notAuthenticated("posting");
    const tweet = PyDict.of({ id: this.tweet_counter, username: this.username, content, tags, mentions });
    this.tweets.set(this.tweet_counter, tweet);
    this.tweet_counter = addInPlace(this.tweet_counter, 1n);
    return tweet;
  }

  retweet(tweet_id: PyValue): PyValue {
    if (!truthy(this.authenticated)) return notAuthenticated("retweeting");
    if (!this.tweets.has(tweet_id)) return notFound(tweet_id);
    if (!contains(this.retweets, this.username)) setItem(this.retweets, this.username, []);
    const own = getItem(this.retweets, this.username);
    if (contains(own, tweet_id)) return PyDict.of({ retweet_status: "Already retweeted" });
    callMethod(own, "append", tweet_id);
    return PyDict.of({ retweet_status: "Successfully retweeted" });
  }

  comment(tweet_id: PyValue, comment_content: PyValue): PyValue {
    if (!truthy(this.authenticated)) return notAuthenticated("commenting");
    if (!this.tweets.has(tweet_id)) return notFound(tweet_id);
    if (!contains(this.comments, tweet_id)) setItem(this.comments, tweet_id, []);
    callMethod(
      getItem(this.comments, tweet_id),
      "append",
      PyDict.of({ username: this.username, content: comment_content }),
    );
    return PyDict.of({ comment_status: "Comment added successfully" });
  }

  mention(tweet_id: PyValue, mentioned_usernames: PyValue): PyValue {
    if (!this.tweets.has(tweet_id)) return notFound(tweet_id);
    callMethod(getItem(getItem(this.tweets, tweet_id), "mentions"), "extend", mentioned_usernames);
    return PyDict.of({ mention_status: "Users mentioned successfully" });
  }

  follow_user(username_to_follow: PyValue): PyValue {
    if (!truthy(this.authenticated)) return notAuthenticated("following");
    const follows = contains(this.following_list, username_to_follow);
    if (!follows) callMethod(this.following_list, "append", username_to_follow);
    return PyDict.of({ follow_status: !follows });
  }

  list_all_following(): PyValue {
    if (!truthy(this.authenticated)) return notAuthenticated("listing following");
    return PyDict.of({ following_list: this.following_list });
  }

  unfollow_user(username_to_unfollow: PyValue): PyValue {
    if (!truthy(this.authenticated)) return notAuthenticated("unfollowing");
    const follows = contains(this.following_list, username_to_unfollow);
    if (follows) callMethod(this.following_list, "remove", username_to_unfollow);
    return PyDict.of({ unfollow_status: follows });
  }

  get_tweet(tweet_id: PyValue): PyValue {
    return this.tweets.has(tweet_id) ? getItem(this.tweets, tweet_id) : notFound(tweet_id);
  }

  get_user_tweets(username: PyValue): PyValue {
    return this.#tweetsOf(username);
  }

  search_tweets(keyword: PyValue): PyValue {
    return [...this.tweets.values()].filter((tweet) => {
      const wanted = callMethod(keyword, "lower");
      if (contains(callMethod(getItem(tweet, "content"), "lower"), wanted)) return true;
      return contains(
        Array.from(iterate(getItem(tweet, "tags")), (tag) => callMethod(tag, "lower")),
        wanted,
      );
    });
  }

  get_tweet_comments(tweet_id: PyValue): PyValue {
    if (!this.tweets.has(tweet_id)) return notFound(tweet_id);
    return callMethod(this.comments, "get", tweet_id, []);
  }

  get_user_stats(username: PyValue): PyValue {
    const tweet_count = BigInt(this.#tweetsOf(username).length);
    const following_count = eq(username, this.username) ? len(this.following_list) : 0n;
    const retweet_count = len(callMethod(this.retweets, "get", username, []));
    return PyDict.of({ tweet_count, following_count, retweet_count });
  }

  #tweetsOf(username: PyValue): PyValue[] {
    return [...this.tweets.values()].filter((tweet) => eq(getItem(tweet, "username"), username));
  }
}

function notAuthenticated(what: string): PyDict {
  return PyDict.of({ error: `User not authenticated. Please authenticate before ${what}.` });
}

function notFound(tweet_id: PyValue): PyDict {
  return PyDict.of({ error: f`Tweet with ID ${tweet_id} not found.` });
}

export const twitterApi = defineApi("TwitterAPI", (scenario) => new TwitterApi(scenario), {
  authenticate_twitter: "(username, password)",
  comment: "(tweet_id, comment_content)",
  follow_user: "(username_to_follow)",
  get_tweet: "(tweet_id)",
  get_tweet_comments: "(tweet_id)",
  get_user_stats: "(username)",
  get_user_tweets: "(username)",
  list_all_following: "()",
  mention: "(tweet_id, mentioned_usernames)",
  post_tweet: "(content, tags=[], mentions=[])",
  posting_get_login_status: "()",
  retweet: "(tweet_id)",
  search_tweets: "(keyword)",
  unfollow_user: "(username_to_unfollow)",
});
