package io.winnow.data;

/**
 * A picture that cannot be used: undecodable, truncated or too large. The message is the reason in
 * words, without the picture's name, which the caller knows.
 */
public final class BadImageException extends Exception {
  private static final long serialVersionUID = 1;

  public BadImageException(String reason) {
    super(reason);
  }

  public BadImageException(String reason, Throwable cause) {
    super(reason, cause);
  }

  /** Of a picture that no decoder could read. */
  static BadImageException undecodable(Exception cause) {
    String reason =
        cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    return new BadImageException("undecodable: " + reason, cause);
  }
}
