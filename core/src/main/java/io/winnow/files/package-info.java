/**
 * Files that are complete or absent: atomic writes, content hashes, what to say where reading or
 * writing fails. The bottom room, below every other; imports nothing of Winnow.
 */
package io.winnow.files;
