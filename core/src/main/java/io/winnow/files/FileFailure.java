package io.winnow.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** What to say where a file cannot be read or written: which one, why, and what helps. */
public final class FileFailure {
  private FileFailure() {}

  /**
   * The failure to read.
   *
   * @param what names the file, or the part of it
   */
  public static UncheckedIOException unreadable(Object what, IOException e) {
    return new UncheckedIOException(what + ": could not be read (" + reason(e) + ")", e);
  }

  /** The failure to write, with what helps against it; what was written before still stands. */
  public static UncheckedIOException unwritable(Path target, IOException e) {
    String reason = reason(e);
    String fix = "";
    if (reason.contains("No space left") || reason.contains("quota")) {
      fix = ". Free some space and give the same command again; what was finished before is kept.";
    } else if (reason.contains("File too large")) {
      fix = ". Raise the limit of file sizes (ulimit -f) and give the same command again.";
    } else if (reason.contains("Read-only") || reason.contains("ermission denied")) {
      fix = ". Choose a place that can be written, or change its permissions.";
    }
    return new UncheckedIOException(target + ": could not be written (" + reason + ")" + fix, e);
  }

  /** What went wrong, in words, without the path that the caller already names. */
  public static String reason(IOException e) {
    if (e instanceof FileSystemException f && f.getReason() != null) {
      return f.getReason();
    }
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof NoSuchFileException) {
      return "no such file";
    }
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
