package io.winnow.data;

import io.winnow.artifact.SampleImages;
import java.util.ArrayList;
import java.util.List;

/**
 * Samples in a folder per class, under the class names of the data set: a folder's name is that of
 * its class with what file systems refuse replaced.
 */
public final class ClassFolders implements Dataset {
  private final Dataset pictures;
  private final List<String> classes;

  /**
   * @param pictures whose classes are folder names
   * @param classes names that the folders stand for; a folder of another name keeps it
   */
  public ClassFolders(Dataset pictures, List<String> classes) {
    this.pictures = pictures;
    this.classes = new ArrayList<>();
    for (String folder : pictures.classes()) {
      this.classes.add(
          classes.stream()
              .filter(name -> SampleImages.folderName(name).equals(folder))
              .findFirst()
              .orElse(folder));
    }
  }

  @Override
  public String name() {
    return pictures.name();
  }

  @Override
  public int size() {
    return pictures.size();
  }

  @Override
  public List<String> classes() {
    return List.copyOf(classes);
  }

  @Override
  public String id(int i) {
    return pictures.id(i);
  }

  @Override
  public int label(int i) {
    return pictures.label(i);
  }

  @Override
  public byte[] encoded(int i) {
    return pictures.encoded(i);
  }

  @Override
  public Image image(int i) throws BadImageException {
    return pictures.image(i);
  }

  @Override
  public void close() {
    pictures.close();
  }
}
