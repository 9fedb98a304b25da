using System.Text;
using GrokForge.Gateway.Fetching;
using GrokForge.Gateway.Rim;
using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Gateway.Images;

/// <summary>Takes a request's pictures and files in: fetched, within their limits, pictures made fit, texts made part of the prompt.</summary>
internal sealed class AttachmentIntake(GuardedFetcher fetcher, ImageFitter fitter, BodyBudget budget, CurrentSettings settings)
{
    /// <returns>As many as given, in their order; or the first fault found, for which the others are given up.</returns>
    public async Task<(IReadOnlyList<TakenAttachment> Taken, OpenAIError? Error)> TakeAsync(
        IReadOnlyList<Attachment> attachments, HttpContext context, CancellationToken cancellationToken)
    {
        var limits = settings.Current;
        if (attachments.Count > limits.Image.MaxCount)
            return ([], OpenAIError.BadField(attachments[limits.Image.MaxCount].Path, "too_many_images", $"A request may bring at most {limits.Image.MaxCount} pictures and files (image.max_count); this one brings {attachments.Count}."));

        using var givenUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        // Shares are given back when the request ends, and not all at once from several threads.
        var works = new List<Task<TakenAttachment>>(attachments.Count);
        foreach (var attachment in attachments)
        {
            var share = budget.Open();
            context.Response.RegisterForDispose(share);
            works.Add(TakeAsync(attachment, limits, share, givenUp.Token));
        }

        if (await FirstFaultAsync(works, givenUp) is { } error)
            return ([], error);

        var taken = await Task.WhenAll(works);
        var total = 0L;
        for (var i = 0; i < taken.Length; i++)
        {
            total += taken[i].Text is { } text ? Encoding.UTF8.GetByteCount(text) : taken[i].File!.Bytes.Length;
            if (total > limits.Image.MaxTotalBytes)
                return ([], OpenAIError.BadField(attachments[i].Path, "attachments_too_large", $"The request's pictures and files are larger than {limits.Image.MaxTotalBytes} bytes together (image.max_total_bytes)."));
        }

        return (taken, null);
    }

    /// <summary>Ends when all works have: none may hold on to its share when the request ends.</summary>
    private static async Task<OpenAIError?> FirstFaultAsync(List<Task<TakenAttachment>> works, CancellationTokenSource givenUp)
    {
        OpenAIError? first = null;
        await foreach (var work in Task.WhenEach(works))
        {
            if (first is not null || !work.IsCompletedSuccessfully)
                continue;
            first = (await work).Error;
            if (first is not null)
                await givenUp.CancelAsync();
        }

        return first;
    }

    private async Task<TakenAttachment> TakeAsync(Attachment attachment, SettingsSnapshot limits, BodyBudget.Share share, CancellationToken cancellationToken)
    {
        if (attachment.Address is { } address)
        {
            var fetched = await fetcher.FetchAsync(address, limits.Fetch, limits.Image.MaxBytes, share, cancellationToken);
            if (fetched.Fault is { } fault)
                return TakenAttachment.Refused(Fault(attachment, fault, fetched.Reason));
            // Many servers name pictures wrongly: what the bytes say counts.
            if (attachment.IsImage && !MayBePicture(fetched.ContentType) && MagicBytes.PictureType(fetched.Bytes.Span) is null)
                return TakenAttachment.Refused(OpenAIError.BadField(attachment.Path, "unsupported_image_media_type", $"'{attachment.Path}' leads to {fetched.ContentType}, which is no picture."));
            attachment = attachment with { Bytes = fetched.Bytes, ContentType = fetched.ContentType, Address = null, Name = attachment.Name.Length > 0 ? attachment.Name : NameIn(address) };
        }

        if (attachment.Bytes.Length > limits.Image.MaxBytes)
            return TakenAttachment.Refused(Fault(attachment, FetchFault.TooLarge, $"is larger than {limits.Image.MaxBytes} bytes (image.max_bytes)"));
        if (attachment.IsImage || MagicBytes.PictureType(attachment.Bytes.Span) is not null)
            return await FitAsync(attachment, limits.Image, cancellationToken);
        if (attachment.Bytes.IsEmpty)
            return TakenAttachment.Refused(OpenAIError.BadField(attachment.Path, "invalid_file", $"'{attachment.Path}' is empty."));
        return InlinedFile.Read(attachment.Bytes.Span, attachment.Name) is { } text ? TakenAttachment.Of(text) : TakenAttachment.Of(attachment);
    }

    private async Task<TakenAttachment> FitAsync(Attachment attachment, ImageOptions options, CancellationToken cancellationToken)
    {
        var fitted = await fitter.FitAsync(attachment.Bytes, options, cancellationToken);
        return fitted.Code is { } code
            ? TakenAttachment.Refused(OpenAIError.BadField(attachment.Path, code, $"'{attachment.Path}' {fitted.Reason}."))
            : TakenAttachment.Of(attachment with { IsImage = true, Bytes = fitted.Bytes, ContentType = fitted.ContentType, Width = fitted.Width, Height = fitted.Height });
    }

    // Servers that know no better say nothing or "bytes"; the picture's own first bytes decide later.
    private static bool MayBePicture(string contentType) =>
        contentType.Length == 0 || contentType.StartsWith("image/", StringComparison.OrdinalIgnoreCase) || contentType.EndsWith("/octet-stream", StringComparison.OrdinalIgnoreCase);

    private static string NameIn(Uri address) => Uri.UnescapeDataString(address.Segments[^1]).Trim('/');

    private static OpenAIError Fault(Attachment attachment, FetchFault fault, string reason) => fault switch
    {
        FetchFault.NoRoom => OpenAIError.Unavailable("Requests in flight fill app.max_body_bytes_in_flight; try again shortly."),
        FetchFault.TooLarge => OpenAIError.BadField(attachment.Path, attachment.IsImage ? "image_file_too_large" : "file_too_large", $"'{attachment.Path}' {reason}."),
        FetchFault.Forbidden => OpenAIError.BadField(attachment.Path, attachment.IsImage ? "invalid_image_url" : "invalid_file", $"'{attachment.Path}' {reason}."),
        _ => OpenAIError.BadField(attachment.Path, attachment.IsImage ? "failed_to_download_image" : "failed_to_download_file", $"'{attachment.Path}' {reason}."),
    };
}

/// <summary>What became of an attachment: text for the prompt, a picture or file to go upstream, or a fault.</summary>
internal sealed record TakenAttachment(string? Text, Attachment? File, OpenAIError? Error)
{
    public static TakenAttachment Of(string text) => new(text, null, null);

    public static TakenAttachment Of(Attachment file) => new(null, file, null);

    public static TakenAttachment Refused(OpenAIError error) => new(null, null, error);
}
