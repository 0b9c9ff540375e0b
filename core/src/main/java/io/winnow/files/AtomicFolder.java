package io.winnow.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * Writes a folder of several files beside its place, syncs them all and renames the folder:
 * complete or invisible.
 */
public final class AtomicFolder {
  private AtomicFolder() {}

  /**
   * Fills a temporary folder and puts it in the place of {@code target}. An existing {@code target}
   * is moved aside and deleted after the new one stands; between the two renames only the folder
   * named {@code .NAME.old} exists, which {@link #recover} puts back.
   *
   * @throws UncheckedIOException naming the path, when writing fails; an existing {@code target} is
   *     then as before
   */
  public static void write(Path target, AtomicFile.PathContent content) {
    Path temporary = AtomicFile.beside(target);
    Path old = old(target);
    try {
      Path parent = target.toAbsolutePath().getParent();
      Files.createDirectories(parent);
      delete(temporary);
      Files.createDirectories(temporary);
      content.writeTo(temporary);
      syncAll(temporary);
      delete(old);
      if (Files.exists(target)) {
        Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
      }
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
      AtomicFile.syncFolder(parent);
      delete(old);
    } catch (IOException e) {
      cleanUp(target, temporary);
      throw FileFailure.unwritable(target, e);
    } catch (RuntimeException | Error e) {
      cleanUp(target, temporary);
      throw e;
    }
  }

  /**
   * Puts back a folder that an interrupted {@link #write} had moved aside; does nothing otherwise.
   */
  public static void recover(Path target) {
    try {
      Path old = old(target);
      if (!Files.exists(target) && Files.exists(old)) {
        Files.move(old, target, StandardCopyOption.ATOMIC_MOVE);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          target + ": could not be restored (" + FileFailure.reason(e) + ")", e);
    }
  }

  /**
   * Deletes a folder with everything in it; nothing happens when it does not exist. Links are
   * removed, not followed.
   */
  public static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path dir, IOException e) throws IOException {
            if (e != null) {
              throw e;
            }
            Files.delete(dir);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private static Path old(Path target) {
    return target.resolveSibling("." + target.getFileName() + ".old");
  }

  private static void syncAll(Path folder) throws IOException {
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            AtomicFile.sync(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path dir, IOException e) throws IOException {
            AtomicFile.syncFolder(dir);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private static void cleanUp(Path target, Path temporary) {
    try {
      delete(temporary);
    } catch (IOException e) {
      // The first failure is the one to report; the folder's name says that it is temporary.
      recover(target);
      return;
    }
    recover(target);
  }
}
