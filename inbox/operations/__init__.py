"""Operations of the house itself."""
