namespace GrokForge.Upstream.GrokWeb.AnswerImages;

/// <summary>Tells which pictures of one answer are to be shown: each one once, however often and in whatever spelling it comes, and never one that was moderated.</summary>
internal sealed class PictureList(MediaAddresses addresses)
{
    private readonly HashSet<string> _shown = new(StringComparer.Ordinal);
    private readonly HashSet<string> _moderated = new(StringComparer.Ordinal);
    private readonly List<string> _moderatedIds = [];

    /// <summary>Whether a picture was made that may not be shown.</summary>
    public bool HasModerated => _moderated.Count + _moderatedIds.Count > 0;

    /// <summary>Notes progress. True: the picture is complete and new.</summary>
    public bool Shows(GeneratedPicture picture)
    {
        if (picture.IsModerated)
        {
            if (picture.Address.Length > 0)
                _moderated.Add(addresses.Key(picture.Address));
            if (picture.Id.Length > 0)
                _moderatedIds.Add(picture.Id);
            return false;
        }
        return picture.IsDone && picture.Address.Length > 0 && Shows(picture.Address);
    }

    /// <summary>Notes an address of a complete picture. True: it is new.</summary>
    public bool Shows(string address)
    {
        var key = addresses.Key(address);
        return !_moderated.Contains(key) && !_moderatedIds.Exists(id => key.Contains(id, StringComparison.Ordinal)) && _shown.Add(key);
    }
}
