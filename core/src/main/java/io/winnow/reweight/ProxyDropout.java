package io.winnow.reweight;

/** Which of the proxy's losses is compared with the reference's. */
public enum ProxyDropout {
  /** The one that it is trained by, dropout and all. */
  ON,
  /** One of a further pass without dropout, as the reference has none. */
  OFF
}
