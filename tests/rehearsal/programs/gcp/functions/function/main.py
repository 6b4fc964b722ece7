def handler(request):
    return "Hello"
